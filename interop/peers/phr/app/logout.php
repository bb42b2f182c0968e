<?php
// Ends the login here and, through the portal, everywhere else.

require_once '/usr/share/simplesamlphp/lib/_autoload.php';

(new SimpleSAML\Auth\Simple('phr'))->logout(getenv('PHR_ORIGIN') . '/signed-out');
