/**
 * The door of the service: who may come in, and how a refusal is written. In come raw HTTP requests
 * and WebSocket upgrades; out go the same requests with a {@link Caller} who may do what was asked,
 * or a problem document. The invariant that this package guards: no request reaches a resource, a
 * socket, the health page or the metrics before its {@code Host}, its {@code Origin}, its declared
 * size and, where keys are asked for, its key have been looked at, so that no web page of another
 * origin can reach a service on the same machine.
 *
 * <p>It stands below all other packages of the runtime and therefore also holds {@link Problem},
 * the one form in which anything wrong is told.
 */
@NullMarked
package dev.palimpsest.runtime.guard;

import org.jspecify.annotations.NullMarked;
