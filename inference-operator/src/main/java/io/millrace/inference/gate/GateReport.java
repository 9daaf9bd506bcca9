package io.millrace.inference.gate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What the gates said of a candidate, in their order. It ends with the first that refused it.
 *
 * @param model the model's name
 * @param candidate the version that was held against them
 * @param champion the version it was compared with; 0 if there was none
 * @param verdicts at least one
 */
public record GateReport(String model, int candidate, int champion, List<Verdict> verdicts) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public GateReport {
    Objects.requireNonNull(model, "model");
    verdicts = List.copyOf(verdicts);
    if (verdicts.isEmpty()) {
      throw new IllegalArgumentException(
          "version " + candidate + " of " + model + " has no verdict");
    }
  }

  /** Whether no gate refused the candidate. */
  public boolean passed() {
    return refusal().isEmpty();
  }

  /** The verdict that refused the candidate. */
  public Optional<Verdict> refusal() {
    return verdicts.stream().filter(verdict -> !verdict.passed()).findFirst();
  }

  /** In words: the gates that were passed, or what refused the candidate. */
  public String summary() {
    return refusal()
        .map(
            verdict ->
                "%s: %s; required is %s%s"
                    .formatted(
                        verdict.gate(),
                        verdict.measured(),
                        verdict.required(),
                        verdict.detail().isEmpty() ? "" : " (" + verdict.detail() + ")"))
        .orElseGet(() -> "passed " + String.join(", ", gates()));
  }

  private List<String> gates() {
    return verdicts.stream().map(Verdict::gate).toList();
  }

  /** As the registry keeps it: {@code {"model", "candidate", "champion", "passed", "verdicts"}}. */
  public String toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("model", model).put("candidate", candidate).put("champion", champion);
    root.put("passed", passed());
    ArrayNode array = root.putArray("verdicts");
    for (Verdict verdict : verdicts) {
      array
          .addObject()
          .put("gate", verdict.gate())
          .put("passed", verdict.passed())
          .put("measured", verdict.measured())
          .put("required", verdict.required())
          .put("detail", verdict.detail());
    }
    return root.toPrettyString() + "\n";
  }
}
