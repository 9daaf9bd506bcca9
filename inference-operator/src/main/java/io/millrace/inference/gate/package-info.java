/** What a candidate must show before it may follow the champion. */
package io.millrace.inference.gate;
