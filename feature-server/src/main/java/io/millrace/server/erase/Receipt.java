package io.millrace.server.erase;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/** What is said of an erasure while it is done. Not thread-safe. */
final class Receipt {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ObjectNode said = JSON.createObjectNode();
  private final ArrayNode remains = JSON.createArrayNode();
  private boolean complete = true;
  private boolean found;

  /** To be added to. */
  ObjectNode said() {
    return said;
  }

  /** Lines of what remains. */
  ArrayNode remains() {
    return remains;
  }

  /** Something remains that nobody reaches from here. */
  void remains(String what, String where, String until) {
    remains.addObject().put("what", what).put("where", where).put("until", until);
  }

  /** Something remains that could be reached. */
  void incomplete(String what, String where, String until) {
    complete = false;
    remains(what, where, until);
  }

  /** There was something of the subject, if so. */
  void found(boolean so) {
    found |= so;
  }

  boolean isComplete() {
    return complete;
  }

  boolean hasFound() {
    return found;
  }

  /** Ends it. */
  ObjectNode ended(Instant done) {
    said.put("done-at", done.toString()).put("complete", complete);
    said.put("result", !complete ? "incomplete" : found ? "erased" : "nothing found");
    said.set("remains", remains);
    return said;
  }
}
