/**
 * The service, put together. In come the configuration and the command line; out goes a running
 * process that answers REST and WebSocket requests. {@link Wiring} makes every object that has a
 * life of its own and is the only place with the real clock and real randomness; {@link Settings}
 * is the configuration after every check; {@link StartupReport} says on standard output what came
 * of it. The invariant that this package guards: a service that starts has a configuration without
 * a known mistake, and one that cannot start names all its mistakes at once.
 */
@NullMarked
package dev.palimpsest.runtime;

import org.jspecify.annotations.NullMarked;
