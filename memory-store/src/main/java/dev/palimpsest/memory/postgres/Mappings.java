package dev.palimpsest.memory.postgres;

import java.util.List;
import javax.sql.DataSource;
import org.hibernate.SessionFactory;
import org.hibernate.boot.MetadataSources;
import org.hibernate.boot.registry.BootstrapServiceRegistry;
import org.hibernate.boot.registry.BootstrapServiceRegistryBuilder;
import org.hibernate.boot.registry.StandardServiceRegistry;
import org.hibernate.boot.registry.StandardServiceRegistryBuilder;
import org.hibernate.cfg.AvailableSettings;

/** Starts Hibernate on our entities, without a container and without asking the database. */
final class Mappings {
  private static final List<Class<?>> ENTITIES =
      List.of(
          HeadRow.class,
          SessionRow.class,
          SessionState.class,
          EventRow.class,
          ChangeRow.class,
          ApiKeyRow.class,
          AgentRow.class,
          SpaceRow.class,
          VersionRow.class,
          ImportRow.class,
          RejectionRow.class,
          RevocationRow.class);

  private Mappings() {}

  /** A factory that touches {@code dataSource} only to validate the schema, when asked to. */
  static SessionFactory start(DataSource dataSource) {
    BootstrapServiceRegistry loaders =
        new BootstrapServiceRegistryBuilder()
            .applyClassLoader(Mappings.class.getClassLoader())
            .build();
    StandardServiceRegistry services =
        new StandardServiceRegistryBuilder(loaders)
            .applySetting(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, dataSource)
            .applySetting(AvailableSettings.ALLOW_METADATA_ON_BOOT, false)
            .applySetting(AvailableSettings.JAKARTA_HBM2DDL_DB_NAME, "PostgreSQL")
            .applySetting(AvailableSettings.JAKARTA_HBM2DDL_DB_MAJOR_VERSION, "17")
            .applySetting(AvailableSettings.JAKARTA_HBM2DDL_DATABASE_ACTION, "none")
            .applySetting(AvailableSettings.JAKARTA_VALIDATION_MODE, "none")
            .applySetting(AvailableSettings.JDBC_TIME_ZONE, "UTC")
            // Our exceptions carry them; the database's own words may quote what a user wrote.
            .applySetting(AvailableSettings.LOG_JDBC_ERRORS, false)
            .applySetting(AvailableSettings.LOG_JDBC_WARNINGS, false)
            .build();
    MetadataSources sources = new MetadataSources(services);
    ENTITIES.forEach(sources::addAnnotatedClass);
    return sources.buildMetadata().buildSessionFactory();
  }
}
