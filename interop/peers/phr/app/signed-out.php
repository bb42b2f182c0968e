<?php
require_once __DIR__ . '/page.php';

page('ログアウトしました', '
<section class="card">
<p>健康手帳からログアウトしました。</p>
<a class="button" href="/">もう一度ログインする</a>
</section>', false);
