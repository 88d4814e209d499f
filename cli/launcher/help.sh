# Guards: help lists exactly the commands that this version has; one place for their usage lines.

COMMANDS='run test demo chat import export search bench eval key doctor'

usage_of() { # COMMAND
    case $1 in
        run) echo './palimpsest run [--model FILE] [--port N]' ;;
        test) echo './palimpsest test [--long]' ;;
        demo) echo './palimpsest demo [--model FILE]' ;;
        chat) echo './palimpsest chat [--session ID]' ;;
        import) echo './palimpsest import FILE… [OPTIONS]' ;;
        export) echo './palimpsest export [--out FILE]' ;;
        search) echo './palimpsest search "QUERY" [OPTIONS]' ;;
        bench) echo './palimpsest bench engine|memory|retrieval|compression|session [OPTIONS]' ;;
        eval) echo './palimpsest eval locomo FILE|beam DIR|self|compression [OPTIONS]' ;;
        doctor) echo './palimpsest doctor' ;;
        key) echo './palimpsest key create|list|revoke' ;;
        *) echo './palimpsest COMMAND [OPTIONS]; ./palimpsest --help lists the commands' ;;
    esac
}

purpose_of() { # COMMAND
    case $1 in
        run) echo 'builds what is missing, starts the database and the service' ;;
        test) echo 'everything CI runs; the last line counts the tests' ;;
        demo) echo 'shows in a minute what the memory does, on a copy of its own' ;;
        chat) echo 'a conversation in the terminal' ;;
        import) echo 'files of old conversations into the memory' ;;
        export) echo 'all memories with all their versions into one file' ;;
        search) echo 'finds memories' ;;
        bench) echo 'measures the engine, the memory or whole sessions on this machine' ;;
        eval) echo 'measures how much of what matters a search finds' ;;
        doctor) echo 'checks every part and says how to mend what it finds' ;;
        key) echo 'API keys' ;;
    esac
}

help_overview() {
    echo 'Palimpsest: a long-horizon agent runtime with a persistent memory.'
    echo
    echo 'usage: ./palimpsest COMMAND [OPTIONS]'
    echo
    for _command in $COMMANDS; do
        printf '  %-7s %s\n' "$_command" "$(purpose_of "$_command")"
    done
    cat <<'T'

./palimpsest COMMAND --help says more about one of them.

Environment: PALIMPSEST_HOME (tools and data; ~/.palimpsest, as root /var/lib/palimpsest), PALIMPSEST_DATA (data alone),
PALIMPSEST_PORT (8077), PALIMPSEST_MODEL (a GGUF file), PALIMPSEST_DB_URL (an existing PostgreSQL),
PALIMPSEST_DEBIAN_MIRROR (where to fetch from, when the machine's own configuration names no mirror);
for the client commands PALIMPSEST_URL and PALIMPSEST_KEY. docs/operating.md describes them all.
Exit status: 0 done, 1 done with failed checks, 2 wrong use, 3 could not run.
T
}

help_of() { # COMMAND
    printf 'usage: %s\n\n%s\n' "$(usage_of "$1")" "$(purpose_of "$1")"
    case $1 in
        run)
            cat <<'T'

  --model FILE   a GGUF model file (default: PALIMPSEST_MODEL, else the bundled model)
  --port N       the service's port on 127.0.0.1 (default: PALIMPSEST_PORT, else 8077)

Finds or fetches a JDK 25, Maven and PostgreSQL 17 with pgvector, builds what is missing, starts the database (or uses
the one that PALIMPSEST_DB_URL names) and the service, and prints its address. Ctrl-C or SIGTERM stops all of it.
T
            ;;
        test)
            cat <<'T'

  --long         the crash and fault suites in full, with their figures, and ten minutes of fuzzing for each parser

Checks the format, compiles, and runs all tests, those against a real PostgreSQL too. The last line is
"N passed, N failed, N skipped"; the reasons of skipped tests stand above it.
T
            ;;
        bench)
            cat <<'T'

  engine         decode and prefill speed as a share of this machine's read bandwidth, a session's way to disk and
                 back, its first and second turn and the one after a restart, and what guessing gives on made-up
                 traffic of agents; options:
                 [--model FILE | --shape small|0.6b|small-hybrid|hybrid] [--threads N]
                 [--backend auto|native|vector|scalar] [--runs N] [--snapshot-tokens N] [--session-tokens N]
                 [--kv-type f32|f16|bf16|q8_0]
                 [--only speed|snapshot|drafts|session] [--peer "LLAMA-BENCH COMMAND"] [--peer-server "LLAMA-SERVER COMMAND"]
                 [--json]
  memory         how fast a running service takes memories in; --help lists its options; on a database of its own:
                 --turns N (what turns leave on disk, by table and index), --rows N (search among N memories);
                 [--texts LOCOMO.json] [--queries N]
  retrieval      how fast it finds them; --help lists its options
  compression    what compacting a model's cache costs in answers and saves in bytes; options:
                 [--model FILE] [--backend auto|native|vector|scalar] [--threads N] [--context N] [--texts N] [--facts N]
                 [--ratios 2,5,10,20,50] [--queries prefill,later,repeat] [--seed N] [--json]
  session        what a turn of a running service costs; --help lists its options

`eval compression` is `bench compression`.
T
            ;;
        demo)
            cat <<'T'

  --model FILE   a GGUF model file (default: PALIMPSEST_MODEL, else the bundled model)

Starts a service of its own on a free port with data of its own, imports a conversation of two years, asks five questions
about it, kills the service with kill -9 amid an answer, starts it again and goes on. What a running service holds is not
touched, and nothing of the demonstration stays. Ends with a table; the status is 1 when an answer was wrong.
T
            ;;
        doctor)
            cat <<'T'

Looks at the tools, the build, the database with its roles and migrations, the model, the index, the port, the disk and
the service, if one runs. Changes nothing; a database that is at rest is started for a moment. The status is 1 when
something has to be mended.
T
            ;;
        *)
            cat <<'T'

The client program has options of its own; once it is built (`./palimpsest run` does that, and so does the first client
command), --help lists them all.
T
            ;;
    esac
}

no_such_command() { # NAME
    case $1 in
        pull | models | backup | restore)
            wrong_use "this version of Palimpsest has no command \`$1\`" ;;
        *) wrong_use "there is no command \`$1\`" ;;
    esac
}
