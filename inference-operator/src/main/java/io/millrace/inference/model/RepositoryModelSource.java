package io.millrace.inference.model;

import io.millrace.inference.ModelSource;
import io.millrace.inference.ScoringModel;
import java.nio.file.Path;

/**
 * The model of a repository that every task can read, by a path that is the same for all.
 *
 * @param root the repository's folder
 * @param model the model's name
 * @param version the version, or 0 for the champion, or for the latest if none was promoted
 */
public record RepositoryModelSource(String root, String model, int version) implements ModelSource {
  /** The champion, or the latest version if none was promoted. */
  public static RepositoryModelSource champion(Path root, String model) {
    return new RepositoryModelSource(root.toString(), model, 0);
  }

  public static RepositoryModelSource version(Path root, String model, int version) {
    return new RepositoryModelSource(root.toString(), model, version);
  }

  @Override
  public ScoringModel open() {
    ModelRepository repository = new ModelRepository(Path.of(root));
    if (version > 0) {
      return repository.load(model, version);
    }
    int chosen =
        repository
            .champion(model)
            .orElseGet(
                () ->
                    repository
                        .latest(model)
                        .orElseThrow(
                            () ->
                                new ModelRefusedException(
                                    root + " has no model " + model + "; train it first")));
    return repository.load(model, chosen);
  }
}
