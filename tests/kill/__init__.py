"""An edge that is killed again and again under load: what it serves then is right, byte for byte."""
