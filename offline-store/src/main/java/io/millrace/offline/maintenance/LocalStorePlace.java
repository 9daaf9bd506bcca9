package io.millrace.offline.maintenance;

import io.millrace.offline.OfflineStore;
import io.millrace.offline.snapshot.LocalStoreFiles;
import io.millrace.offline.snapshot.StoreFiles;
import io.millrace.offline.snapshot.StorePlace;
import java.util.List;

/**
 * A store in a folder of this machine. Thread-safe.
 *
 * @param store the folder
 */
public record LocalStorePlace(OfflineStore store) implements StorePlace {
  @Override
  public String root() {
    return store.root().toString();
  }

  @Override
  public boolean isFolder() {
    return true;
  }

  @Override
  public List<String> tables() {
    return StoreFolder.tables(store);
  }

  @Override
  public StoreFiles files(String folder) {
    return new LocalStoreFiles(store.root().resolve(folder));
  }
}
