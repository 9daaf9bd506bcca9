/** What a change of definitions does, to values, state, services and models, in words and JSON. */
package io.millrace.server.plan;
