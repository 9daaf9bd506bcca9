package io.millrace.feature;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;

/**
 * All that is defined in one place, already checked: every name that refers to another resolves,
 * every expression compiles. Equal content makes equal definitions, whether from files or from
 * code.
 */
public record Definitions(
    List<EventSource> sources, List<FeatureView> views, List<FeatureService> services) {
  public Definitions {
    sources = List.copyOf(sources);
    views = List.copyOf(views);
    services = List.copyOf(services);
  }

  /**
   * @throws IllegalArgumentException naming those that exist, if there is none of that name
   */
  public EventSource source(String name) {
    return byName(sources, EventSource::name, "event source", name);
  }

  /**
   * @throws IllegalArgumentException naming those that exist, if there is none of that name
   */
  public FeatureView view(String name) {
    return byName(views, FeatureView::name, "feature view", name);
  }

  /**
   * @throws IllegalArgumentException naming those that exist, if there is none of that name
   */
  public FeatureService service(String name) {
    return byName(services, FeatureService::name, "feature service", name);
  }

  /**
   * SHA-256, in hexadecimal, of all that values depend on: equal meaning, equal hash, whatever the
   * folder and the machine.
   */
  public String hash() {
    StringBuilder text = new StringBuilder();
    for (EventSource source : sources) {
      text.append(source.name()).append(source.avro()).append(source.time());
      text.append(source.expectations());
      source.history().ifPresent(h -> text.append(h.path().getFileName()).append(h.where()));
      source.history().ifPresent(h -> text.append(h.columns()));
    }
    text.append(views).append(services);
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static <T> T byName(List<T> all, Function<T, String> nameOf, String kind, String name) {
    return all.stream()
        .filter(one -> nameOf.apply(one).equals(name))
        .findFirst()
        .orElseThrow(() -> NoSuchName.among(all.stream().map(nameOf).toList(), kind, name));
  }
}
