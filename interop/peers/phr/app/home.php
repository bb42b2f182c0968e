<?php
// The first page of the health record: who logged in, and what the portal told us about them.

require_once '/usr/share/simplesamlphp/lib/_autoload.php';
require_once __DIR__ . '/page.php';

$as = new SimpleSAML\Auth\Simple('phr');
$as->requireAuth(['ReturnTo' => getenv('PHR_ORIGIN') . '/']);
$names = ['urn:oid:2.16.840.1.113730.3.1.241' => '氏名', 'urn:oid:1.3.6.1.5.5.7.9.1' => '生年月日'];
$released = '';
foreach ($as->getAttributes() as $name => $values) {
    $released .= '<div><dt>' . e($names[$name] ?? $name) . '</dt><dd class="word">' . e(implode('、', $values)) . '</dd></div>';
}
$pseudonym = $as->getAuthData('saml:sp:NameID')->getValue();
SimpleSAML\Session::getSessionFromRequest()->cleanup();

page('今日の記録', '
<ul class="figures">
<li><span>血圧</span><strong>128 / 82</strong><small>mmHg　けさ 6時50分</small></li>
<li><span>体重</span><strong>61.4</strong><small>kg　けさ 6時45分</small></li>
<li><span>歩数</span><strong>6,240</strong><small>歩　きのう</small></li>
</ul>
<section class="card">
<h2>アカウント</h2>
<dl class="facts">
<div><dt>健康手帳だけの仮名</dt><dd>' . e($pseudonym) . '</dd></div>
' . $released . '
</dl>
<p>' . ($released === '' ? '仮名のほかには、何も受け取っていません。' : 'あなたが同意した項目だけを受け取りました。')
    . '仮名はこのサービスのためだけに作られ、ほかのサービスの仮名とは結びつきません。</p>
</section>', true);
