package io.millrace.inference.policy;

import io.millrace.feature.loop.RetrainRequest;
import java.util.Objects;
import java.util.Optional;

/**
 * What comes of an event.
 *
 * @param state the next state
 * @param request to be sent, if the event decided so
 * @param why in words: why there is a request, or why there is none
 */
public record Decision(PolicyState state, Optional<RetrainRequest> request, String why) {
  public Decision {
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(why, "why");
  }
}
