package dev.palimpsest.memory.postgres;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A row of {@code tenant_head}; written by {@link ChangeTable} alone, in SQL. */
@Entity
@Table(name = "tenant_head")
class HeadRow {
  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Column(name = "change_number", nullable = false)
  long changeNumber;

  @SuppressWarnings("NullAway.Init")
  HeadRow() {}
}
