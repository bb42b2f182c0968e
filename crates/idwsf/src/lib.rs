//! ID-WSF 2.0: the SOAP binding, its security, and data services.
