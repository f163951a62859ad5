# Varnish with all its defaults. @WORDS@ are filled in by bench/proxies.py.
vcl 4.1;
backend default {
  .host = "@ORIGIN_HOST@";
  .port = "@ORIGIN_PORT@";
}
