# Guards: the service gets one JDBC address without credentials and two roles with theirs, whether the server is ours or
# one that PALIMPSEST_DB_URL names; what is missing for the latter is said by name.
# Sets DB_URL, OWNER_USER, OWNER_PASSWORD, APP_USER, APP_PASSWORD.

decoded() { # percent-decoding
    printf '%s' "$1" | LC_ALL=C awk '
        BEGIN { for (i = 0; i < 256; i++) hex[sprintf("%02X", i)] = sprintf("%c", i) }
        { out = ""
          while (match($0, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
              out = out substr($0, 1, RSTART - 1) hex[toupper(substr($0, RSTART + 1, 2))]; $0 = substr($0, RSTART + 3) }
          printf "%s", out $0 }'
}

# read_database_url URL: postgresql://user:password@host:port/database?options or the same after jdbc:, where the
# credentials may also stand as options.
read_database_url() {
    _url=${1#jdbc:}
    case $_url in
        postgresql://*) _url=${_url#postgresql://} ;;
        postgres://*) _url=${_url#postgres://} ;;
        *) wrong_use "PALIMPSEST_DB_URL must begin with postgresql:// or jdbc:postgresql://" run ;;
    esac
    URL_USER='' URL_PASSWORD='' _options=''
    case $_url in *\?*) _options=${_url#*\?} _url=${_url%%\?*} ;; esac
    case $_url in
        *@*)
            _credentials=${_url%@*} _url=${_url##*@}
            URL_USER=$(decoded "${_credentials%%:*}")
            case $_credentials in *:*) URL_PASSWORD=$(decoded "${_credentials#*:}") ;; esac
            ;;
    esac
    case $_url in
        ?*/?*) ;;
        *) wrong_use "PALIMPSEST_DB_URL must name a host and a database: postgresql://user:password@host:port/database" run ;;
    esac
    _kept=
    _rest=$_options
    while [ -n "$_rest" ]; do
        _option=${_rest%%&*}
        case $_rest in *\&*) _rest=${_rest#*&} ;; *) _rest='' ;; esac
        case $_option in
            user=*) URL_USER=$(decoded "${_option#user=}") ;;
            password=*) URL_PASSWORD=$(decoded "${_option#password=}") ;;
            ?*) _kept=${_kept:+$_kept&}$_option ;;
        esac
    done
    DB_URL=jdbc:postgresql://$_url${_kept:+?$_kept}
}

use_given_database() {
    read_database_url "$PALIMPSEST_DB_URL"
    OWNER_USER=${PALIMPSEST_DB_OWNER_USER:-$URL_USER}
    OWNER_PASSWORD=${PALIMPSEST_DB_OWNER_PASSWORD:-$URL_PASSWORD}
    APP_USER=${PALIMPSEST_DB_APP_USER:-palimpsest_app}
    APP_PASSWORD=${PALIMPSEST_DB_APP_PASSWORD:-}
    _lacking=
    [ -n "$OWNER_USER" ] || _lacking="PALIMPSEST_DB_OWNER_USER (or a user in the address)"
    [ -n "$OWNER_PASSWORD${PALIMPSEST_DB_OWNER_PASSWORD+given}" ] ||
        _lacking="${_lacking:+$_lacking, }PALIMPSEST_DB_OWNER_PASSWORD (or a password in the address)"
    [ -n "${PALIMPSEST_DB_APP_PASSWORD+given}" ] || _lacking="${_lacking:+$_lacking, }PALIMPSEST_DB_APP_PASSWORD"
    [ -z "$_lacking" ] || wrong_use "PALIMPSEST_DB_URL names a server, and for its two roles there is missing: $_lacking. The owner migrates; $APP_USER serves" run
}

use_embedded_database() {
    start_cluster
    ensure_roles
    DB_URL=jdbc:postgresql://127.0.0.1:$DB_PORT/palimpsest
    OWNER_USER=palimpsest OWNER_PASSWORD=$(secret owner)
    APP_USER=palimpsest_app APP_PASSWORD=$(secret app)
}
