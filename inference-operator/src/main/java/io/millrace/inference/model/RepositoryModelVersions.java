package io.millrace.inference.model;

import io.millrace.inference.ModelVersions;
import io.millrace.schema.FeatureContract;
import java.nio.file.Path;

/**
 * The versions of a model in a repository that every task can read, by a path that is the same for
 * all.
 *
 * <pre>{@code
 * ModelVersions versions =
 *     RepositoryModelVersions.of(models, "delay").requiring(FeatureContract.of(plan.schema()));
 * }</pre>
 */
public final class RepositoryModelVersions implements ModelVersions {
  private static final long serialVersionUID = 1L;

  private final String root;
  private final String model;
  // As JSON, since a contract does not travel by itself; null for any.
  private final String contractJson;

  private RepositoryModelVersions(String root, String model, String contractJson) {
    this.root = root;
    this.model = model;
    this.contractJson = contractJson;
  }

  public static RepositoryModelVersions of(Path root, String model) {
    return new RepositoryModelVersions(root.toString(), model, null);
  }

  /** Refuses versions that were trained on other vectors than these. */
  public RepositoryModelVersions requiring(FeatureContract contract) {
    return new RepositoryModelVersions(root, model, contract.toJson());
  }

  @Override
  public String model() {
    return model;
  }

  /** The promoted version, or the latest if none was promoted. */
  @Override
  public int champion() {
    ModelRepository repository = new ModelRepository(Path.of(root));
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

  @Override
  public LoadedModel open(int version) {
    RepositoryModelSource source = RepositoryModelSource.version(Path.of(root), model, version);
    return contractJson == null
        ? source.open()
        : source.requiring(FeatureContract.fromJson(contractJson)).open();
  }
}
