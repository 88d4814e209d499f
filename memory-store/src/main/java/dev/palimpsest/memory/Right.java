package dev.palimpsest.memory;

/** What a key allows its holder. */
public enum Right {
  /** See sessions, events and memories. */
  READ,
  /** Create, continue, change and erase them. */
  WRITE,
  /** Make and revoke keys of the tenant. */
  ADMIN
}
