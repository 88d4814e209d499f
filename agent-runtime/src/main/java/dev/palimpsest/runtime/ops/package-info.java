/**
 * What an operator sees and what keeps the service alive by itself. In come the state of the
 * database, the model and the turns; out go health, metrics, one log line per turn boundary, and
 * turns taken up again. {@link StoreWatch} connects to a database that may come later than the
 * service, notices when it goes and returns, and hands every open turn that nobody works on to the
 * runner; that is recovery, at start and after an outage alike.
 *
 * <p>The invariant that this package guards: readiness names everything that is missing, and no
 * line that is written here holds a word of a user or a secret.
 */
@NullMarked
package dev.palimpsest.runtime.ops;

import org.jspecify.annotations.NullMarked;
