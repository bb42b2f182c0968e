#!/usr/bin/perl
# The records of the patient who is logged in. `ssc fetch` asks for them by ID-WSF; this page only shows what it prints.
use strict;
use warnings;
use utf8;
use JSON::PP qw(decode_json);
use Time::Piece;

binmode STDOUT, ':encoding(UTF-8)';

# Where the browser comes back to from the portal, and what it brought from there.
my $here  = '{{origin}}/records/';
my $query = $ENV{QUERY_STRING} // '';

my $records = fetched();
if ($records && $records->{ask}) {
    print "Status: 302 Found\nLocation: $records->{ask}\nCache-Control: no-store\n\n";
    exit;
}
my @told = $records ? @{ $records->{institutions} } : ();
my @shown = grep { @{ $_->{coverage} } || @{ $_->{check_ups} } } @told;
my @failed = grep { defined $_->{problem} && $_->{problem} ne 'no records' } @told;

print "Content-Type: text/html; charset=utf-8\nCache-Control: no-store\n\n", head();
print "<h1>患者の記録</h1>\n<p>保険者にある記録です。患者が見せることに同意している間だけ、保険者に問い合わせて表示します。</p>\n";
if (!$records) {
    print qq(<section class="card"><p>いまは記録を問い合わせることができません。</p></section>\n);
} elsif (!@shown && !@failed) {
    print qq(<section class="card"><h2>記録は見つかりません</h2>\n);
    print "<p>保険者に記録がないか、患者が記録を見せることに同意していません。</p>\n";
    print qq(<p><a class="button" href="/records/?ask">見せてよいか患者に尋ねる</a></p></section>\n);
}
print institution($_) for @shown;
for my $one (@failed) {
    my $name = text($one->{name} // $one->{institution});
    print qq(<section class="card"><h2>$name</h2>\n<p>いまは記録を受け取れません。時間をおいて、もう一度開いてください。</p></section>\n);
}
print qq(<p><a href="/">ホームへ戻る</a></p>\n), foot();

# What the command prints, or nothing if it fails: why stands in the log of this server, and never on a page.
sub fetched {
    return { institutions => [] } unless length($ENV{DISCOVERY_EPR} // '');
    my @ask = $query eq 'ask' ? ('--back', $here) : $query =~ /\bResendMessage=/ ? ('--returned', $query) : ();
    open(my $out, '-|', $ENV{SSC}, 'fetch', '--config', $ENV{FETCH}, '--env', 'DISCOVERY_EPR', @ask) or return;
    local $/;
    my $json = <$out>;
    close($out) or return;
    return eval { decode_json($json) };
}

sub institution {
    my ($one) = @_;
    my $name = text($one->{name} // $one->{institution});
    my $page = qq(<section class="card"><h2>$name</h2>\n);
    for my $period (@{ $one->{coverage} }) {
        my $number = join '・', grep { length } map { $_ // '' } @$period{qw(symbol number branch)};
        my $until = $period->{lost_on} ? day($period->{lost_on}) . '（資格喪失）' : day($period->{valid_until} // 'いまも続いています');
        $page .= facts(
            '氏名' => $period->{person}{name}, '記号・番号・枝番' => $number,
            '資格取得日' => day($period->{valid_from}), '有効期限' => $until,
        );
    }
    for my $checkup (@{ $one->{check_ups} }) {
        $page .= '<h3>健診の結果（' . text(day($checkup->{date} // '')) . '）</h3>' . facts(map { $_->{label} => $_->{value} } @{ items($checkup) });
    }
    my $as_of = text(moment($one->{as_of} // ''));
    return "$page<p>出所: $name　記録の時点: $as_of</p></section>\n";
}

# A day, and a moment in Japan, as people here write them.
sub day {
    my ($day) = @_;
    return $day =~ /^(\d+)-0?(\d+)-0?(\d+)$/ ? "$1年$2月$3日" : $day;
}

sub moment {
    my ($moment) = @_;
    my $at = eval { Time::Piece->strptime(substr($moment, 0, 19), '%Y-%m-%dT%H:%M:%S') + 9 * 3600 } or return $moment;
    return day($at->ymd) . ' ' . $at->strftime('%H:%M');
}

# The values of a check-up, each with its name.
sub items {
    my ($checkup) = @_;
    my @found;
    for my $node (@{ $checkup->{content} // [] }) {
        my $label = $node->{name} // ($node->{element} eq 'Institution' ? '健診機関' : $node->{element});
        my $value = $node->{choice} // $node->{value} // $node->{text} // '';
        push @found, { label => $label, value => join ' ', $value, $node->{unit} // () } if length $value;
        push @found, @{ items($node) };
    }
    return \@found;
}

sub facts {
    my $list = '';
    while (my ($name, $value) = splice @_, 0, 2) {
        $list .= '<div><dt>' . text($name) . '</dt><dd class="word">' . text($value // '') . '</dd></div>';
    }
    return qq(<dl class="facts">$list</dl>\n);
}

sub text {
    my ($text) = @_;
    $text =~ s/&/&amp;/g;
    $text =~ s/</&lt;/g;
    $text =~ s/>/&gt;/g;
    $text =~ s/"/&quot;/g;
    return $text;
}

sub head {
    return <<'HTML';
<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>患者の記録 | K-MIX</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header class="top"><div>
<p class="brand">K-MIX <small>かがわ遠隔医療ネットワーク（体験版）</small></p>
<p class="who"><a href="/mellon/logout?ReturnTo=/open/signed-out.html">ログアウト</a></p>
</div></header>
<main>
HTML
}

sub foot {
    return <<'HTML';
</main>
<footer><div><p>記録はすべて架空のものです。ログインは社会保障カードのポータルが行います。</p></div></footer>
</body>
</html>
HTML
}
