package io.millrace.inference.model;

import io.millrace.inference.ModelSource;
import io.millrace.schema.FeatureContract;
import java.nio.file.Path;

/**
 * The model of a repository that every task can read, by a path that is the same for all.
 *
 * <pre>{@code
 * ModelSource source =
 *     RepositoryModelSource.champion(models, "delay").requiring(FeatureContract.of(plan.schema()));
 * }</pre>
 */
public final class RepositoryModelSource implements ModelSource {
  private static final long serialVersionUID = 1L;
  private static final int CHAMPION = 0;

  private final String root;
  private final String model;
  private final int version;
  // As JSON, since a contract does not travel by itself; null for any.
  private final String contractJson;

  private RepositoryModelSource(String root, String model, int version, String contractJson) {
    this.root = root;
    this.model = model;
    this.version = version;
    this.contractJson = contractJson;
  }

  /** The champion when it is opened, or the latest version if none was promoted. */
  public static RepositoryModelSource champion(Path root, String model) {
    return new RepositoryModelSource(root.toString(), model, CHAMPION, null);
  }

  /**
   * One version, whoever is champion.
   *
   * @param version 1 or more
   */
  public static RepositoryModelSource version(Path root, String model, int version) {
    if (version < 1) {
      throw new IllegalArgumentException(
          "version " + version + " of " + model + "; give 1 or more");
    }
    return new RepositoryModelSource(root.toString(), model, version, null);
  }

  /** Refuses a model that was trained on other vectors than these. */
  public RepositoryModelSource requiring(FeatureContract contract) {
    return new RepositoryModelSource(root, model, version, contract.toJson());
  }

  @Override
  public LoadedModel open() {
    ModelRepository repository = new ModelRepository(Path.of(root));
    LoadedModel loaded =
        repository.load(model, version == CHAMPION ? champion(repository) : version);
    if (contractJson != null) {
      try {
        loaded.requireContract(FeatureContract.fromJson(contractJson));
      } catch (RuntimeException e) {
        loaded.close();
        throw e;
      }
    }
    return loaded;
  }

  private int champion(ModelRepository repository) {
    return repository
        .champion(model)
        .orElseGet(
            () ->
                repository
                    .latest(model)
                    .orElseThrow(
                        () ->
                            new ModelRefusedException(
                                root + " has no model " + model + "; train it first")));
  }
}
