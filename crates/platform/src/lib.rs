//! The data centre: portal, card login, consent, exchange, clinic portal, access log.
