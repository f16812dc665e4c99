"""An app says that its person is leaving (OpenID Connect RP-Initiated Logout 1.0), and the others hear of it: from the
portal by the back channel, from the browser that leaves by the front channel (Front-Channel Logout 1.0).
"""

from portal.oauth.logout.reading import EndSession
from portal.oauth.logout.views import confirm, logout, signed_out

__all__ = ["EndSession", "confirm", "logout", "signed_out"]
