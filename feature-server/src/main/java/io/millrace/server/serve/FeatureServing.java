package io.millrace.server.serve;

import io.millrace.feature.Definitions;
import io.millrace.feature.EntityKey;
import io.millrace.feature.FeatureView;
import io.millrace.feature.Values;
import io.millrace.online.OnlineKey;
import io.millrace.online.OnlineStoreException;
import io.millrace.online.OnlineValue;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * The lookup of features, the same for all protocols: one plan, one round trip to the online store,
 * one answer.
 *
 * <pre>
 * FeatureServing serving = FeatureServing.of(definitions, views -&gt; store, clock, ServingConfig.DEFAULT);
 * FeatureAnswer answer =
 *     serving.answer(FeatureQuery.ofService("delay_v1", Map.of("tail_num", List.of("N123"), ...)));
 * </pre>
 *
 * <p>Thread-safe. The definitions can be replaced at any time: a request sees the old or the new
 * ones, never some of both. A store that cannot be opened yet is tried again at the next request.
 */
public final class FeatureServing implements AutoCloseable {
  private static final long RETRY_MS = 1_000;

  private final StoreOpener opener;
  private final InstantSource clock;
  private final ServingConfig config;
  private final HotKeys hotKeys;
  private volatile State state;
  private volatile boolean closed;

  // The store is null as long as it could not be opened.
  private record State(Catalog catalog, SharedStore store, String whyNot, long triedAtMs) {}

  private FeatureServing(
      StoreOpener opener, InstantSource clock, ServingConfig config, Catalog catalog) {
    this.opener = opener;
    this.clock = clock;
    this.config = config;
    this.hotKeys =
        config.hotKeyStaleness().map(bound -> new HotKeys(bound, config.hotKeys())).orElse(null);
    this.state = opened(catalog);
  }

  /**
   * Compiles the plans of all services and opens the store, if that can be done now.
   *
   * @param clock tells the time that ages are counted to
   * @throws IllegalArgumentException if a service cannot be compiled
   */
  public static FeatureServing of(
      Definitions definitions, StoreOpener opener, InstantSource clock, ServingConfig config) {
    return new FeatureServing(opener, clock, config, new Catalog(definitions));
  }

  public Definitions definitions() {
    return state.catalog().definitions();
  }

  /** The plans of all services, in the order of the definitions. */
  public List<ServePlan> plans() {
    return state.catalog().services();
  }

  /**
   * The plan of a service.
   *
   * @throws Refusal naming the nearest, if there is none of that name
   */
  public ServePlan plan(String service) {
    return state.catalog().service(service);
  }

  /** The names of all views, in the order of the definitions. */
  public List<String> views() {
    return definitions().views().stream().map(FeatureView::name).toList();
  }

  /**
   * All features of a service or, where no service has the name, of a view.
   *
   * @throws Refusal naming the nearest of both, if there is none of that name
   */
  public FeatureQuery query(String serviceOrView, Map<String, List<Object>> columns) {
    Catalog catalog = state.catalog();
    List<String> services = catalog.services().stream().map(ServePlan::name).toList();
    if (services.contains(serviceOrView)) {
      return FeatureQuery.ofService(serviceOrView, columns);
    }
    return catalog.definitions().views().stream()
        .filter(view -> view.name().equals(serviceOrView))
        .findFirst()
        .map(
            view ->
                FeatureQuery.ofFeatures(
                    view.features().stream().map(f -> view.name() + ":" + f.name()).toList(),
                    columns))
        .orElseThrow(
            () -> {
              List<String> known = new ArrayList<>(services);
              catalog.definitions().views().forEach(view -> known.add(view.name()));
              return Refusal.unknown("feature service or view", serviceOrView, known);
            });
  }

  /**
   * The plan that a query would be answered by.
   *
   * @throws Refusal if it names something that does not exist
   */
  public ServePlan plan(FeatureQuery query) {
    return state.catalog().plan(query);
  }

  /** Whether the store is open. Tries to open it if not. */
  public boolean isReady() {
    return !closed && current().store() != null;
  }

  /** Why it is not ready; empty if it is. */
  public String whyNotReady() {
    return closed ? "the server is stopping" : current().whyNot();
  }

  /** How many keys were answered from memory, of those asked for while that is on. */
  public long hotKeyHits() {
    return hotKeys == null ? 0 : hotKeys.hits();
  }

  /** How many were not in memory. */
  public long hotKeyMisses() {
    return hotKeys == null ? 0 : hotKeys.misses();
  }

  public ServingConfig config() {
    return config;
  }

  /**
   * Serves other definitions from now on. Requests in progress end with those they began with.
   *
   * @throws IllegalArgumentException if a service cannot be compiled; then nothing changes
   * @throws OnlineStoreException if the views change and the store cannot be opened with the new
   *     ones; then nothing changes
   */
  public synchronized void reload(Definitions definitions) {
    Catalog catalog = new Catalog(definitions);
    State old = state;
    boolean sameViews =
        catalog.views().size() == old.catalog().views().size()
            && new HashSet<>(catalog.views()).equals(new HashSet<>(old.catalog().views()));
    if (sameViews) {
      state = new State(catalog, old.store(), old.whyNot(), old.triedAtMs());
      return;
    }
    SharedStore store = new SharedStore(opener.open(catalog.views()));
    state = new State(catalog, store, "", clock.millis());
    if (hotKeys != null) {
      hotKeys.forget();
    }
    if (old.store() != null) {
      old.store().release();
    }
  }

  /** As {@link #answer}, on one of the executor's threads. */
  public CompletableFuture<FeatureAnswer> answerLater(FeatureQuery query, Executor executor) {
    return CompletableFuture.supplyAsync(() -> answer(query), executor);
  }

  /**
   * Looks the features up. Blocks for one round trip to the store.
   *
   * @throws Refusal if the query is not one that can be answered, or the store cannot be reached
   */
  public FeatureAnswer answer(FeatureQuery query) {
    // Plan: the catalog's plan, the columns as rows, each row's keys, one read, what is computed.
    while (true) {
      State now = current();
      ServePlan plan = now.catalog().plan(query);
      if (!query.fullNames() && plan.clash().isPresent()) {
        throw Refusal.invalid(plan.clash().get() + "; ask with full_feature_names: true");
      }
      Values[] inputs = Inputs.of(query, plan, config.maxRows());
      if (now.store() == null) {
        throw new Refusal(
            Refusal.Kind.UNAVAILABLE, "the online store cannot be read: " + now.whyNot());
      }
      if (!now.store().acquire()) {
        continue; // It was replaced since.
      }
      try {
        OnlineValue[] found = read(plan, inputs, now.store());
        Values[] vectors = plan.computes() ? vectors(plan, found, inputs) : null;
        return new FeatureAnswer(
            plan, query.fullNames(), echoed(query, plan), inputs, found, vectors);
      } catch (OnlineStoreException e) {
        throw new Refusal(
            Refusal.Kind.UNAVAILABLE, "the online store cannot be read: " + e.getMessage(), e);
      } finally {
        now.store().release();
      }
    }
  }

  private OnlineValue[] read(ServePlan plan, Values[] inputs, SharedStore store) {
    int lookups = plan.lookups().size();
    OnlineValue[] found = new OnlineValue[lookups * inputs.length];
    List<OnlineKey> keys = new ArrayList<>(found.length);
    // Where each value goes: the place of its key among those asked for, or -1.
    int[] places = new int[found.length];
    Arrays.fill(places, -1);
    for (int lookup = 0; lookup < lookups; lookup++) {
      ServePlan.Lookup one = plan.lookups().get(lookup);
      // Rows of a batch often share a key: the airport, the hour. It is asked for once.
      Map<String, Integer> placeOf = inputs.length > 1 ? new HashMap<>() : null;
      for (int row = 0; row < inputs.length; row++) {
        String text = one.keys().keyTextOf(inputs[row]);
        if (text == null) {
          continue; // About nobody.
        }
        int at = lookup * inputs.length + row;
        Integer place = placeOf == null ? null : placeOf.get(text);
        if (place != null) {
          if (place < 0) {
            found[at] = found[-place - 1];
          }
          places[at] = place;
          continue;
        }
        OnlineKey key = new OnlineKey(one.viewId(), new EntityKey(text));
        OnlineValue kept = hotKeys == null ? null : hotKeys.get(key);
        if (kept != null) {
          found[at] = kept;
          place = -at - 1;
        } else {
          place = keys.size();
          keys.add(key);
        }
        places[at] = place;
        if (placeOf != null) {
          placeOf.put(text, place);
        }
      }
    }
    if (!keys.isEmpty()) {
      List<OnlineValue> values = get(store, keys);
      for (int at = 0; at < found.length; at++) {
        if (places[at] >= 0) {
          found[at] = values.get(places[at]);
        }
      }
      if (hotKeys != null) {
        values.forEach(hotKeys::keep);
      }
    }
    return found;
  }

  /** Asks the store for keys and drops the answer, if it can be asked. */
  void touch(List<OnlineKey> keys) {
    SharedStore store = current().store();
    if (store != null && store.acquire()) {
      try {
        store.store().get(keys, clock.millis());
      } finally {
        store.release();
      }
    }
  }

  private List<OnlineValue> get(SharedStore store, List<OnlineKey> keys) {
    try {
      return store.store().get(keys, clock.millis());
    } catch (IllegalArgumentException e) {
      // A row that was written for other columns than these definitions have.
      throw new Refusal(Refusal.Kind.UNAVAILABLE, e.getMessage(), e);
    }
  }

  private static Values[] vectors(ServePlan plan, OnlineValue[] found, Values[] inputs) {
    Values[] vectors = new Values[inputs.length];
    for (int row = 0; row < vectors.length; row++) {
      vectors[row] = FeatureAnswer.vector(plan, found, inputs, row);
    }
    return vectors;
  }

  private static List<String> echoed(FeatureQuery query, ServePlan plan) {
    List<String> echoed = new ArrayList<>();
    for (String column : query.entities().keySet()) {
      if (plan.keyColumns().contains(column) && !plan.names(column, query.fullNames())) {
        echoed.add(column);
      }
    }
    return echoed;
  }

  private State current() {
    State now = state;
    if (now.store() == null && clock.millis() - now.triedAtMs() >= RETRY_MS) {
      return openAgain();
    }
    return now;
  }

  private synchronized State openAgain() {
    if (state.store() == null && !closed) {
      state = opened(state.catalog());
    }
    return state;
  }

  private State opened(Catalog catalog) {
    try {
      return new State(catalog, new SharedStore(opener.open(catalog.views())), "", clock.millis());
    } catch (OnlineStoreException e) {
      return new State(catalog, null, e.getMessage(), clock.millis());
    }
  }

  /** Closes the store when the requests in progress are answered. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      State last = state;
      state = new State(last.catalog(), null, "the server is stopping", Long.MAX_VALUE);
      if (last.store() != null) {
        last.store().release();
      }
    }
  }
}
