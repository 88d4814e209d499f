# Guards: `test` is what CI runs, whole: its last line counts what this very run reported, and its status is 0 only when
# Maven succeeded, nothing failed and something ran.

command_test() {
    _long=false
    while [ $# -gt 0 ]; do
        case $1 in
            --long) _long=true; shift ;;
            -h | --help) help_of test; exit 0 ;;
            -*) wrong_use "test has no option $1" test ;;
            *) wrong_use "test takes no argument $1" test ;;
        esac
    done
    choose_folders
    temporary
    check_postgres_user
    ensure_jdk
    lock_build
    settle_native
    ensure_maven
    ensure_postgres
    check_passage "$PALIMPSEST_HOME" PALIMPSEST_HOME
    : >"$TMP/began"
    : >"$BUILD_STAMP.begun"
    _maven=0
    in_child in_root "$MAVEN" -B -ntp --fail-at-end -Dpalimpsest.long="$_long" verify || _maven=$?
    new_reports >"$TMP/reports"
    tell_reports <"$TMP/reports" >&2
    _sum=$(sum_reports <"$TMP/reports")
    if [ "$_maven" = 0 ]; then mv "$BUILD_STAMP.begun" "$BUILD_STAMP" # everything is freshly built, too
    else say "Maven ended with status $_maven; its messages are above"; fi
    printf '%s\n' "$_sum"
    case $_sum in
        '0 passed,'*) exit 1 ;;
        *' 0 failed,'*) [ "$_maven" = 0 ] || exit 1 ;;
        *) exit 1 ;;
    esac
}

new_reports() { # the XML reports of this run, one path per line
    for _report in "$ROOT"/*/target/surefire-reports/TEST-*.xml "$ROOT"/*/target/failsafe-reports/TEST-*.xml; do
        [ ! -f "$_report" ] || find "$_report" -newer "$TMP/began"
    done
}

# xml_tags: report paths on standard input; each XML tag that matters on a line of its own, what tests printed left out.
xml_tags() {
    while IFS= read -r _report; do
        awk '{
            line = $0; out = ""
            while (line != "") {
                at = index(line, inside ? "]]>" : "<![CDATA[")
                if (!inside) out = out (at ? substr(line, 1, at - 1) : line)
                line = at ? substr(line, at + (inside ? 3 : 9)) : ""
                if (at) inside = !inside
            }
            printf "%s ", out
        }' "$_report" | tr '<' '\n' | grep -E '^(testsuite|testcase|skipped|failure|error)[ />]' || true
    done
}

sum_reports() { # "N passed, N failed, N skipped"; a suite's counts stand in its own tag
    xml_tags | awk '
        function number(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) + 0 : 0 }
        /^testsuite / { sub(/>.*/, ""); all += number("tests"); bad += number("failures") + number("errors"); skipped += number("skipped") }
        END { printf "%d passed, %d failed, %d skipped\n", all - bad - skipped, bad, skipped }'
}

tell_reports() { # what failed by name, what was skipped by reason
    xml_tags | awk '
        function value(name) { return match($0, "(^| )" name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + (substr($0, RSTART, 1) == " ") + 2, RLENGTH - length(name) - (substr($0, RSTART, 1) == " ") - 3) : "" }
        function plain(text) { gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text)
            gsub(/&#1[03];/, " ", text); gsub(/&amp;/, "\\&", text); return text }
        /^testcase / { test = value("classname") "." value("name") }
        /^(failure|error)[ \/>]/ { if (!(test in failed)) { failed[test] = 1; print "failed: " plain(test) } }
        /^skipped[ \/>]/ { reason = plain(value("message")); if (reason == "") reason = "no reason given"
            if (!(reason in count)) order[++n] = reason; count[reason]++ }
        END { for (i = 1; i <= n; i++) printf "skipped %d: %s\n", count[order[i]], order[i] }'
}
