package io.millrace.server.infer;

import io.millrace.inference.model.LoadedModel;
import io.millrace.inference.model.ModelRepository;
import io.millrace.server.serve.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models of a repository that requests score with: of each its champion, and other versions
 * when they are asked for by number.
 *
 * <pre>{@code
 * try (ScoringModels models = ScoringModels.watching(repository, Duration.ofSeconds(1));
 *     ServedModel model = models.champion("delay")) {
 *   float[] scores = model.score(rows, writer);
 * }
 * }</pre>
 *
 * <p>A new champion is loaded, verified and warmed beside the old one and then takes its place in
 * one step; the old one is released after its last request. A champion that cannot be loaded leaves
 * the old one where it is, and {@link #problem} says why. Thread-safe.
 */
public final class ScoringModels implements AutoCloseable {
  /** The most versions of a model in memory besides its champion; the longest unused one goes. */
  static final int MOST_NAMED_VERSIONS = 4;

  private static final Logger LOG = LoggerFactory.getLogger(ScoringModels.class);

  private final ModelRepository repository;
  private final Map<String, Slot> slots = new ConcurrentSkipListMap<>();
  private final ScheduledExecutorService watcher =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "model-watcher");
            thread.setDaemon(true);
            return thread;
          });

  /** One model's place. Versions are guarded by the slot itself. */
  private static final class Slot {
    private volatile ServedModel champion;
    private volatile String problem;
    private final Map<Integer, ServedModel> versions = new LinkedHashMap<>(8, 0.75f, true);
    private boolean closed;
  }

  private ScoringModels(ModelRepository repository) {
    this.repository = repository;
  }

  /**
   * Loads the champions there are, and looks for others from then on.
   *
   * @param every how often the repository is looked at
   */
  public static ScoringModels watching(ModelRepository repository, Duration every) {
    ScoringModels models = new ScoringModels(repository);
    models.refresh();
    models.watcher.scheduleWithFixedDelay(
        models::refresh, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    return models;
  }

  /** Looks at the repository now; after it has returned, the champions are those it names. */
  public synchronized void refresh() {
    if (watcher.isShutdown()) {
      return;
    }
    try {
      List<String> names = repository.models();
      for (String name : names) {
        if (repository.latest(name).isPresent()) {
          refresh(name, slots.computeIfAbsent(name, any -> new Slot()));
        }
      }
      Set<String> gone = new HashSet<>(slots.keySet());
      names.forEach(gone::remove);
      gone.forEach(name -> close(slots.remove(name)));
    } catch (RuntimeException e) {
      LOG.warn("The models in {} could not be looked at: {}", repository.root(), e.getMessage());
    }
  }

  private void refresh(String name, Slot slot) {
    ServedModel old = slot.champion;
    try {
      int due = repository.champion(name).orElseGet(() -> repository.latest(name).orElseThrow());
      if (old == null || old.version() != due) {
        slot.champion = load(name, due);
        LOG.info("Model {} version {} scores", name, due);
        if (old != null) {
          old.close();
        }
      }
      slot.problem = null;
    } catch (RuntimeException e) {
      if (!e.getMessage().equals(slot.problem)) {
        LOG.warn("The champion of model {} could not be loaded: {}", name, e.getMessage());
      }
      slot.problem = e.getMessage();
    }
  }

  private ServedModel load(String name, int version) {
    LoadedModel loaded = repository.load(name, version);
    try {
      return new ServedModel(loaded);
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  /** The names of all models, in their order. */
  public List<String> names() {
    return List.copyOf(slots.keySet());
  }

  /** The versions of a model that may be asked for, from 1 up. */
  public List<Integer> versions(String model) {
    slot(model);
    return repository.versions(model);
  }

  /** Why the champion of the repository does not score; empty if it does. */
  public Optional<String> problem(String model) {
    return Optional.ofNullable(slot(model).problem);
  }

  /** Whether the model has a champion in memory. */
  public boolean ready(String model) {
    return slot(model).champion != null;
  }

  /**
   * The model that scores when no version is named; the caller closes it.
   *
   * @throws Refusal if there is no such model, or if none of its versions can be loaded
   */
  ServedModel champion(String model) {
    Slot slot = slot(model);
    while (true) {
      ServedModel champion = slot.champion;
      if (champion == null) {
        throw new Refusal(
            Refusal.Kind.UNAVAILABLE,
            "model " + model + " has no version that can score: " + slot.problem);
      }
      if (champion.retain()) {
        return champion;
      }
      // It was swapped between the two lines; the next one is there already.
      Thread.onSpinWait();
    }
  }

  /**
   * A version of a model, loaded if it is not in memory; the caller closes it.
   *
   * @throws Refusal if there is no such version or it cannot be loaded
   */
  ServedModel version(String model, int version) {
    Slot slot = slot(model);
    ServedModel champion = slot.champion;
    if (champion != null && champion.version() == version && champion.retain()) {
      return champion;
    }
    synchronized (slot) {
      ServedModel known = slot.versions.get(version);
      if (known == null) {
        if (!repository.versions(model).contains(version)) {
          throw new Refusal(
              Refusal.Kind.UNKNOWN,
              "model %s has no version %d; it has %s"
                  .formatted(model, version, repository.versions(model)));
        }
        if (slot.closed) {
          throw new Refusal(
              Refusal.Kind.UNAVAILABLE, "model " + model + " is being removed; ask again");
        }
        try {
          known = load(model, version);
        } catch (RuntimeException e) {
          throw new Refusal(
              Refusal.Kind.UNAVAILABLE,
              "model %s version %d cannot score: %s".formatted(model, version, e.getMessage()));
        }
        slot.versions.put(version, known);
        forgetOldest(slot);
      }
      // Held while the slot is locked, so nobody can have released it.
      known.retain();
      return known;
    }
  }

  private static void forgetOldest(Slot slot) {
    Iterator<ServedModel> oldestFirst = slot.versions.values().iterator();
    while (slot.versions.size() > MOST_NAMED_VERSIONS) {
      ServedModel oldest = oldestFirst.next();
      oldestFirst.remove();
      oldest.close();
    }
  }

  private Slot slot(String model) {
    Slot slot = slots.get(model);
    if (slot == null) {
      throw new Refusal(
          Refusal.Kind.UNKNOWN, "there is no model " + quoted(model) + "; there are " + names());
    }
    return slot;
  }

  private static String quoted(String name) {
    return "'" + (name.length() <= 100 ? name : name.substring(0, 100) + "...") + "'";
  }

  private static void close(Slot slot) {
    List<ServedModel> all;
    synchronized (slot) {
      slot.closed = true;
      all = new ArrayList<>(slot.versions.values());
      slot.versions.clear();
    }
    if (slot.champion != null) {
      all.add(slot.champion);
      slot.champion = null;
    }
    all.forEach(ServedModel::close);
  }

  /** Ends the watching and lets go of all models; requests that run end first. */
  @Override
  public void close() {
    watcher.shutdown();
    synchronized (this) {
      slots.values().forEach(ScoringModels::close);
      slots.clear();
    }
  }
}
