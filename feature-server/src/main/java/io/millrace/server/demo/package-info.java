/** The demo: every hop of the walk, live, on real flights, in processes of its own. */
package io.millrace.server.demo;
