package io.millrace.jobs.sink;

import io.millrace.offline.OfflineStore;
import io.millrace.offline.maintenance.LocalStorePlace;
import io.millrace.offline.snapshot.StorePlace;
import java.net.URI;
import java.nio.file.Path;
import org.apache.flink.configuration.GlobalConfiguration;

/** Where a store lies: on a file system of this machine, or wherever Flink reaches. Stateless. */
public final class StoreFolders {
  private StoreFolders() {}

  /** By a store's root; for a place elsewhere Flink's configuration is read where this runs. */
  public static StorePlace at(URI root) {
    return root.getScheme() == null || root.getScheme().equals("file")
        ? new LocalStorePlace(new OfflineStore(Path.of(root.getPath())))
        : FlinkStorePlace.at(root, GlobalConfiguration.loadConfiguration());
  }
}
