-- The name of the message that sent a resident to a page is no longer kept: it is made of the page's state when it is needed, so
-- that this table joins nothing with a service's log. Whoever is on such a page now is asked again.
DELETE FROM discovery_ask;
