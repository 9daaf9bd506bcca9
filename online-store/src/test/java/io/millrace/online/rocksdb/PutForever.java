package io.millrace.online.rocksdb;

import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureRow;
import io.millrace.feature.Values;
import io.millrace.online.OnlineStore;
import io.millrace.online.OnlineStoreContract;
import java.nio.file.Path;
import java.time.Clock;

/** A writer in a process of its own that tells each put that has returned, until it is killed. */
public final class PutForever {
  private PutForever() {}

  public static void main(String[] arguments) {
    OnlineStore store =
        RocksDbOnlineStore.open(
            Path.of(arguments[0]), OnlineStoreContract.VIEWS, Clock.systemUTC());
    for (long i = 1; i < Long.MAX_VALUE; i++) {
      store.put(new FeatureRow("origin_v2", EntityKey.of("SFO"), i, i, i, Values.of(i)));
      System.out.println(i);
    }
  }
}
