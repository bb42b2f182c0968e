<?php
// The frame of every page.

function e(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES, 'UTF-8');
}

/** Prints a page; `$main` is HTML. */
function page(string $title, string $main, bool $in): void
{
    header('Content-Type: text/html; charset=utf-8');
    header('Cache-Control: no-store');
    header("Content-Security-Policy: default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'");
    ?>
<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><?= e($title) ?> | わたしの健康手帳</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header class="top"><div>
<p class="brand">わたしの健康手帳 <small>PHR（体験版）</small></p>
<?php if ($in) { ?><a href="/logout">ログアウト</a><?php } ?>
</div></header>
<main>
<h1><?= e($title) ?></h1>
<?= $main ?>
</main>
<footer><div><p>記録はすべて架空のものです。ログインは社会保障カードのポータルが行います。</p></div></footer>
</body>
</html>
<?php
}
