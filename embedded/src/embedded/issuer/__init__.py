"""A small OpenID provider with several realms, for one machine: it imitates what the field does.

https://openid.net/specs/openid-connect-core-1_0.html
"""
