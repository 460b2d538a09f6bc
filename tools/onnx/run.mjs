// Runs ONNX models in onnxruntime for the tests: one JSON request per line on stdin, one JSON answer per line on stdout.
// Request:  {"model": path, "batches": [{"shape": [N, C, H, W], "data": base64 of little-endian float32}, ...]}
// Answer:   {"inputs": [names], "outputs": [names], "results": [{"shape": [...], "data": base64}, ...]} or {"error": message}
import { createInterface } from "node:readline";
import ort from "onnxruntime-node";

async function run({ model, batches }) {
  // Without packed copies of the weights, which cost more than two small batches, and without a second thread, which would spin for work between operators.
  const options = { logSeverityLevel: 3, intraOpNumThreads: 1, extra: { session: { disable_prepacking: "1" } } };
  const session = await ort.InferenceSession.create(model, options);
  const results = [];
  for (const { shape, data } of batches) {
    const bytes = Buffer.from(data, "base64");
    const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const { type } = session.inputMetadata[0];
    const made = await session.run({ [session.inputNames[0]]: new ort.Tensor(type, type === "uint8" ? Uint8Array.from(values) : values, shape) });
    const result = made[session.outputNames[0]];
    results.push({ shape: [...result.dims], data: Buffer.from(result.data.buffer, result.data.byteOffset, result.data.byteLength).toString("base64") });
  }
  await session.release();
  return { inputs: [...session.inputNames], outputs: [...session.outputNames], results };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await run(JSON.parse(line));
  } catch (error) {
    answer = { error: String(error.message ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
