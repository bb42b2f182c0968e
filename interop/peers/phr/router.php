<?php
// PHP's own web server: the application at its addresses, SimpleSAMLphp's pages at theirs.
//
//   SIMPLESAMLPHP_CONFIG_DIR=FOLDER PHR_FOLDER=FOLDER PHR_ORIGIN=http://phr.localhost:8406 PHR_IDP=ENTITY-ID \
//       php -S 127.0.0.1:8406 -t /usr/share/simplesamlphp/www FOLDER/router.php

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$pages = ['/' => 'home.php', '/logout' => 'logout.php', '/signed-out' => 'signed-out.php'];

if ($path === '/style.css') {
    header('Content-Type: text/css; charset=utf-8');
    readfile(__DIR__ . '/app/style.css');
} elseif (isset($pages[$path])) {
    require __DIR__ . '/app/' . $pages[$path];
} elseif (str_starts_with($path, '/module.php/saml/sp/')) {
    return false;
} else {
    http_response_code(404);
    echo "not found\n";
}
