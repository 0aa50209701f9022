"""A small OpenID provider with several realms, for one machine, which imitates real providers.

https://openid.net/specs/openid-connect-core-1_0.html
"""
