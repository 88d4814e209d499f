/**
 * What the launcher's client commands run: {@code chat}, {@code import}, {@code search}, {@code
 * demo}, {@code key} and {@code bench}.
 *
 * <p>In comes a command line, the environment and what a person types; out go requests of the
 * public protocol (REST, the session and the import socket) and, for the person, text in which
 * nothing that a service or a model said can steer a terminal. The package knows none of our other
 * modules: what it can do, any other client can do.
 *
 * <p>Layers, each using only those after it: commands ({@link dev.palimpsest.cli.Main}, {@code
 * ChatCommand} …); the conversation and the import over a socket that may break ({@code
 * Conversation}, {@code ImportClient}); one connection ({@code SocketDialer}, {@code SocketLink});
 * frames, problems and texts as values. The invariant guarded here is that an answer reaches the
 * reader once: whatever happens to the connection or the service, no piece of text is shown twice
 * and none is left out silently, and a file that is imported arrives whole and once.
 */
@NullMarked
package dev.palimpsest.cli;

import org.jspecify.annotations.NullMarked;
