"""The pages of API keys and of the terms of use: templates in HTML, for `str.format`."""

from typing import Final

FIELDS: Final = ("name", "organisation", "email", "purpose")
"""The text fields of the form."""

INTRODUCTION: Final = """
<p>Les interfaces sont ouvertes à tous, sans clé. Une clé, gratuite, donne des limites plus larges :
elles sont comptées pour vous, et non pour tous ceux qui partagent votre adresse.</p>
<table>
<caption>Ce que donne chaque plan</caption>
{plans}
</table>
<p>Chaque réponse dit ce qu'il vous reste (en-têtes <code>RateLimit-…</code>). Au-delà, la réponse
est 429, avec le temps à attendre. Les plans partenaire et commercial se demandent : voir les
<a href="/auth/conditions">conditions d'utilisation</a>.</p>
<p>Vous avez déjà une clé ? <a href="/auth/cles/gerer">La remplacer ou la révoquer</a>.</p>
<h2>Demander une clé</h2>
"""

FORM: Final = """
<form method="post" action="/auth/cles/nouvelle">
<label for="name">Votre nom</label>
{name_wrong}<input id="name"{name_aria} name="name" autocomplete="name" required maxlength="200"
 value="{name_value}">
<label for="organisation">Organisation (facultatif)</label>
{organisation_wrong}<input id="organisation"{organisation_aria} name="organisation"
 autocomplete="organization"
 maxlength="200" value="{organisation_value}">
<label for="email">Adresse électronique</label>
{email_wrong}<input id="email"{email_aria} name="email" type="email" autocomplete="email" required
 maxlength="254" value="{email_value}">
<label for="purpose">À quoi servira la clé</label>
{purpose_wrong}<input id="purpose"{purpose_aria} name="purpose" required
 maxlength="200" value="{purpose_value}">
{conditions_wrong}<p><label class="case"><input{conditions_aria} type="checkbox" name="conditions"
 value="{version}"
 required> J'accepte les <a href="/auth/conditions">conditions d'utilisation</a>
 (version {version}).</label></p>
<p class="discret">Nous gardons ces réponses tant que la clé existe, pour vous écrire au sujet de
son usage et pour rien d'autre. Révoquer la clé les efface un mois après.</p>
<p><button>Obtenir une clé</button></p>
</form>
"""

MISTAKE: Final = '<p class="grave" id="{name}-erreur">{wrong}</p>\n'

NEW_KEY: Final = """
<p><strong>Copiez cette clé maintenant : elle ne sera plus montrée.</strong></p>
<p><label for="cle">Clé</label><input id="cle" readonly value="{key}"></p>
<p>Présentez-la à chaque demande, dans l'en-tête <code>X-API-Key</code> :</p>
<p><code>curl -H 'X-API-Key: {key}' …/mobilite/v1/feeds</code></p>
<p>Gardez-la secrète : hors des pages web et du code publié. Une ancienne clé remplacée sert encore
24 heures.</p>
<p class="discret">Votre compte porte le numéro {account} : citez-le si vous nous écrivez.</p>
<p><a href="/auth/cles/gerer">Remplacer ou révoquer une clé</a></p>
"""

MANAGE: Final = """
<p>Collez votre clé pour la remplacer ou la révoquer.</p>
{wrong}<form method="post" action="/auth/cles/gerer">
<label for="cle">Clé</label>
<input id="cle" name="cle" type="password" required autocomplete="off" maxlength="100">
<p><button name="action" value="remplacer">Remplacer</button>
<button name="action" value="revoquer" class="leger">Révoquer</button></p>
</form>
<p class="discret">Remplacée, l'ancienne clé sert encore 24 heures. Révoquée, elle ne sert plus, en
quelques secondes.</p>
<p><a href="/auth/cles">Demander une clé</a></p>
"""

CONDITIONS: Final = """
<p class="discret">Version {version}</p>
<h2>Ce qui est ouvert</h2>
<p>Les horaires, le temps réel et les perturbations sont des données ouvertes. Chaque réseau dit sa
licence (Licence Ouverte, ODbL…) dans <a href="/mobilite/v1/feeds">la liste des réseaux</a> :
citez le réseau et la date, et respectez sa licence. Sous ODbL, une base dérivée que vous publiez
reste ouverte.</p>
<h2>Les limites</h2>
<p>Elles sont les mêmes pour tous dans un plan, et chaque réponse les dit. Ne les contournez pas en
multipliant clés ou adresses : demandez plutôt un plan plus large.</p>
<h2>Réciprocité</h2>
<p>Les services publics, les chercheurs et les associations obtiennent le plan partenaire sur
simple demande. Les grands usages commerciaux relèvent du plan commercial : en échange de limites
larges, ils participent aux coûts ou rendent des données utiles à la région. Dans les deux cas,
l'exploitant de la plateforme passe votre compte au plan convenu.</p>
<h2>Sans garantie</h2>
<p>L'information est donnée telle que les réseaux la publient. Elle peut manquer ou se tromper :
dites à vos utilisateurs d'où elle vient et de quand elle date.</p>
<h2>Vos données</h2>
<p>D'une clé, nous gardons ce que dit le formulaire, son empreinte et des comptes de demandes, sans
leur contenu ; d'un appelant sans clé, son adresse est comptée un jour au plus. Révoquez votre clé :
le reste est effacé un mois après.</p>
<p><a href="/auth/cles">Demander une clé</a></p>
"""
