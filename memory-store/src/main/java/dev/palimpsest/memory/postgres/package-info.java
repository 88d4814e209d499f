/**
 * The store in PostgreSQL 17. {@link dev.palimpsest.memory.postgres.PostgresMemory} is the one way
 * in; behind it one entity per table, mapped by Hibernate ORM, and SQL beside the method that uses
 * it where an ORM does badly. Rows come in as values that have checked themselves and go out the
 * same way. The invariants guarded here: every statement runs inside a transaction that names its
 * tenant ({@link dev.palimpsest.memory.postgres.Transactions} is the only place that opens one),
 * and every write takes the tenant's head row last and inserts the rows that carry the change
 * number only then ({@link dev.palimpsest.memory.postgres.ChangeTable}), so that numbers become
 * visible in order.
 */
@NullMarked
package dev.palimpsest.memory.postgres;

import org.jspecify.annotations.NullMarked;
