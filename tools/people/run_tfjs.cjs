// Runs a TensorFlow.js graph on one input:  node run_tfjs.cjs MODEL.json INPUT.f32 SHAPE DTYPE OUT_FOLDER
// Needs @tensorflow/tfjs 4.22 where node finds it; writes each output as NAME.f32 and its shape to shapes.json.
const fs = require("fs");
const path = require("path");
const tf = require("@tensorflow/tfjs");

async function main() {
  const [model, input, shape, dtype, out] = process.argv.slice(2);
  const data = JSON.parse(fs.readFileSync(model, "utf8"));
  const weights = fs.readFileSync(model.replace(/\.json$/, ".bin"));
  await tf.setBackend("cpu");
  const graph = await tf.loadGraphModel(
    tf.io.fromMemory({
      modelTopology: data.modelTopology,
      weightSpecs: data.weightsManifest.flatMap((group) => group.weights),
      weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
      signature: data.signature,
    }),
  );
  const raw = fs.readFileSync(input);
  const values = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
  const tensor = tf.tensor(dtype === "int32" ? Int32Array.from(values) : values, JSON.parse(shape), dtype);
  const names = graph.outputNodes;
  const results = await graph.executeAsync(tensor, names);
  const shapes = {};
  (Array.isArray(results) ? results : [results]).forEach((result, i) => {
    const name = names[i].replace(/[^A-Za-z0-9_]/g, "_");
    shapes[name] = result.shape;
    fs.writeFileSync(path.join(out, `${name}.f32`), Buffer.from(Float32Array.from(result.dataSync()).buffer));
  });
  fs.writeFileSync(path.join(out, "shapes.json"), JSON.stringify(shapes));
}

main();
