package io.millrace.jobs;

import io.millrace.jobs.sink.FlinkStorePlace;
import io.millrace.offline.snapshot.StorePlace;
import io.millrace.offline.snapshot.StorePlaces;
import java.net.URI;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;

/**
 * Stores that Flink's file systems reach, such as {@code s3://bucket/store}, for a process that is
 * no job. The plugin comes from the folder that {@code FLINK_PLUGINS_DIR} names; server and keys
 * from {@code config.yaml} in {@code FLINK_CONF_DIR}, keys else from the environment. Thread-safe.
 */
public final class FlinkStores implements StorePlaces {
  private final Configuration flink = GlobalConfiguration.loadConfiguration();

  /** Loads the plugins. */
  public FlinkStores() {
    FlinkPlugins.load(flink);
  }

  @Override
  public StorePlace at(URI root) {
    return FlinkStorePlace.at(root, flink);
  }
}
