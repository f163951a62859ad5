# The built-in VCL alone, as Varnish's makers advise; what is here says where the origin is.
vcl 4.1;

backend default {
  .host = "@ORIGIN_HOST@";
  .port = "@ORIGIN_PORT@";
  .max_connections = 512;        # more than the load generator has: no miss waits for a connection
}
