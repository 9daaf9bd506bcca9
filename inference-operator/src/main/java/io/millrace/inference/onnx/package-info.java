/** ONNX: writing and checking model files, and running them. ONNX Runtime is named only here. */
package io.millrace.inference.onnx;
