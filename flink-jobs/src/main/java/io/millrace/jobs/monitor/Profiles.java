package io.millrace.jobs.monitor;

import io.millrace.inference.drift.ReferenceProfile;
import io.millrace.inference.model.ModelRepository;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reference of each version, read from the models' folder when the version is first seen. A
 * version without one, or with one of panes of another length, cannot be watched: that is logged
 * once. Of one thread.
 */
final class Profiles implements Serializable {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(Profiles.class);

  private final String models;
  private final long paneMs;
  private transient Map<String, Optional<ReferenceProfile>> known;

  /**
   * @param models root folder of the models
   * @param paneMs the length of the panes that are compared
   */
  Profiles(Path models, long paneMs) {
    this.models = models.toString();
    this.paneMs = paneMs;
  }

  Optional<ReferenceProfile> of(String model, int version) {
    if (known == null) {
      known = new HashMap<>();
    }
    return known.computeIfAbsent(model + "/" + version, key -> read(model, version));
  }

  private Optional<ReferenceProfile> read(String model, int version) {
    Optional<ReferenceProfile> profile;
    try {
      profile =
          new ModelRepository(Path.of(models))
              .profile(model, version)
              .map(ReferenceProfile::fromJson);
    } catch (RuntimeException e) {
      LOG.warn("{} version {} is not watched: {}", model, version, e.getMessage());
      return Optional.empty();
    }
    if (profile.isEmpty()) {
      LOG.warn(
          "{} version {} is not watched: it has no profile.json; train it again", model, version);
    } else if (profile.get().paneMs() != paneMs) {
      LOG.warn(
          "{} version {} is not watched: its reference is of panes of {} ms, but --pane is {} ms;"
              + " give that, or train it again",
          model,
          version,
          profile.get().paneMs(),
          paneMs);
      return Optional.empty();
    }
    return profile;
  }
}
