"""Our edge beside nginx, Varnish and a plain handler: ``headwater bench edge``."""
