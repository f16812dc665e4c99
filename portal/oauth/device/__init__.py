"""Devices without a keyboard or a browser (RFC 8628): what they call, and the pages where people answer for them."""
