"use strict";
// From a picture to the tensor of the network: the same steps, in the same order and rounding, as in the program that
// taught it. `RECIPE` is in model.js.

const Preprocess = (() => {
  // Python's round(): halves go to the even number
  function roundEven(x) {
    const low = Math.floor(x);
    const rest = x - low;
    if (rest !== 0.5) return Math.round(x);
    return low % 2 === 0 ? low : low + 1;
  }

  // The part of a frame that the model looks at, [left, top, right, bottom] in pixels
  function partOf(region, width, height) {
    if (region === null) return [0, 0, width, height];
    if (region === "centre") {
      const side = Math.min(width, height);
      const left = Math.floor((width - side) / 2);
      const top = Math.floor((height - side) / 2);
      return [left, top, left + side, top + side];
    }
    const left = Math.min(roundEven(region[0] * width), width - 1);
    const top = Math.min(roundEven(region[1] * height), height - 1);
    const right = Math.max(left + 1, roundEven(region[2] * width));
    const bottom = Math.max(top + 1, roundEven(region[3] * height));
    return [left, top, right, bottom];
  }

  // Of very long pictures a crop is taken from the middle part of this aspect
  const LONGEST_ASPECT = 64;

  function withoutEnds(recipe, [left, top, right, bottom]) {
    const width = right - left;
    const height = bottom - top;
    const longest = LONGEST_ASPECT * Math.min(width, height);
    if (recipe.resize !== "crop" || Math.max(width, height) <= longest) return [left, top, right, bottom];
    const x = left + Math.max(0, Math.floor((width - longest) / 2));
    const y = top + Math.max(0, Math.floor((height - longest) / 2));
    return [x, y, Math.min(right, x + longest), Math.min(bottom, y + longest)];
  }

  // Size of the resized picture, which rectangle of it is used, and where that goes in the tensor
  function plan(recipe, w, h) {
    const [th, tw] = recipe.size_hw;
    if (recipe.resize === "squash") return { size: [tw, th], crop: [0, 0, tw, th], place: [0, 0] };
    if (recipe.resize === "crop") {
      const wantW = Math.floor(tw / recipe.crop_pct + 1e-6);
      const wantH = Math.floor(th / recipe.crop_pct + 1e-6);
      let rw = wantW;
      let rh = wantH;
      if (wantW * h >= wantH * w) rh = Math.max(wantH, Math.trunc((wantW * h) / w));
      else rw = Math.max(wantW, Math.trunc((wantH * w) / h));
      const left = roundEven((rw - tw) / 2);
      const top = roundEven((rh - th) / 2);
      return { size: [rw, rh], crop: [left, top, left + tw, top + th], place: [0, 0] };
    }
    const scale = Math.min(th / h, tw / w);
    if (recipe.resize === "letterbox-topleft") {
      const rw = Math.max(1, Math.trunc(w * scale));
      const rh = Math.max(1, Math.trunc(h * scale));
      return { size: [rw, rh], crop: [0, 0, rw, rh], place: [0, 0] };
    }
    const rw = Math.max(1, roundEven(w * scale));
    const rh = Math.max(1, roundEven(h * scale));
    const x = Math.max(0, roundEven((tw - rw) / 2 - 0.1));
    const y = Math.max(0, roundEven((th - rh) / 2 - 0.1));
    return { size: [rw, rh], crop: [0, 0, rw, rh], place: [x, y] };
  }

  const A = -0.5;
  const KERNELS = {
    bilinear: [1, (x) => Math.max(0, 1 - Math.abs(x))],
    bicubic: [2, (x) => {
      x = Math.abs(x);
      if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }],
    area: [0.5, (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)],
  };

  // The first input and the weights of each output from `first` to `last` of one axis, as Pillow has them
  function axisWeights(sizeIn, sizeOut, kernel, first, last) {
    const [support, weigh] = KERNELS[kernel];
    const scale = sizeIn / sizeOut;
    const widen = Math.max(scale, 1);
    const reach = support * widen;
    const rows = [];
    for (let out = first; out < last; out++) {
      const centre = (out + 0.5) * scale;
      const start = Math.max(Math.trunc(centre - reach + 0.5), 0);
      const stop = Math.min(Math.max(Math.trunc(centre + reach + 0.5), start + 1), sizeIn);
      const weights = [];
      let sum = 0;
      for (let place = start; place < stop; place++) {
        const weight = weigh((place - centre + 0.5) / widen);
        weights.push(weight);
        sum += weight;
      }
      rows.push([start, Float32Array.from(weights, (weight) => weight / sum)]);
    }
    return rows;
  }

  // The rectangle `crop` of the picture brought to `size`: planes R, G, B of whole numbers from 0 to 255
  function resample(pixels, stride, [x0, y0, x1, y1], size, crop, kernel) {
    const columns = axisWeights(x1 - x0, size[0], kernel, crop[0], crop[2]);
    const rows = axisWeights(y1 - y0, size[1], kernel, crop[1], crop[3]);
    const width = columns.length;
    const height = rows.length;
    const firstRow = Math.min(...rows.map(([start]) => start));
    const lastRow = Math.max(...rows.map(([start, weights]) => start + weights.length));
    // halves go up, also those that a sum of floats misses by a few bits
    const round = (value) => {
      const whole = Math.floor(value + 0.5 + 2 ** -12);
      return whole < 0 ? 0 : whole > 255 ? 255 : whole;
    };
    const narrow = new Uint8Array((lastRow - firstRow) * width * 3);
    for (let y = firstRow; y < lastRow; y++) {
      let to = (y - firstRow) * width * 3;
      const line = (y0 + y) * stride + x0;
      for (const [start, weights] of columns) {
        let r = 0;
        let g = 0;
        let b = 0;
        let from = (line + start) * 4;
        for (let i = 0; i < weights.length; i++, from += 4) {
          r += weights[i] * pixels[from];
          g += weights[i] * pixels[from + 1];
          b += weights[i] * pixels[from + 2];
        }
        narrow[to++] = round(r);
        narrow[to++] = round(g);
        narrow[to++] = round(b);
      }
    }
    const planes = [0, 1, 2].map(() => new Uint8Array(width * height));
    rows.forEach(([start, weights], y) => {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          let from = ((start - firstRow) * width + x) * 3 + c;
          for (let i = 0; i < weights.length; i++, from += width * 3) sum += weights[i] * narrow[from];
          planes[c][y * width + x] = round(sum);
        }
      }
    });
    return planes;
  }

  function cut(pixels, stride, [x0, y0], crop) {
    const width = crop[2] - crop[0];
    const height = crop[3] - crop[1];
    const planes = [0, 1, 2].map(() => new Uint8Array(width * height));
    for (let y = 0; y < height; y++) {
      let from = ((y0 + crop[1] + y) * stride + x0 + crop[0]) * 4;
      for (let x = 0; x < width; x++, from += 4) {
        for (let c = 0; c < 3; c++) planes[c][y * width + x] = pixels[from + c];
      }
    }
    return planes;
  }

  function grey(planes, resampled) {
    const [r, g, b] = planes;
    return Float32Array.from(r, (_, i) => {
      if (resampled) return Math.fround(0.114 * b[i] + 0.587 * g[i] + 0.299 * r[i]);
      return (r[i] * 9798 + g[i] * 19235 + b[i] * 3735 + 16384) >> 15; // as cv2.cvtColor, in fixed point
    });
  }

  // The tensor of one picture: {data: Float32Array, dims}
  function tensor(recipe, image) {
    const part = withoutEnds(recipe, partOf(recipe.region, image.width, image.height));
    const w = part[2] - part[0];
    const h = part[3] - part[1];
    const { size, crop, place } = plan(recipe, w, h);
    const same = size[0] === w && size[1] === h;
    let planes = same
      ? cut(image.data, image.width, part, crop)
      : resample(image.data, image.width, part, size, crop, recipe.interpolation);
    if (recipe.colour === "BGR") planes.reverse();
    if (recipe.colour === "GREY") planes = [grey(planes, !same)];
    const [th, tw] = recipe.size_hw;
    const channels = planes.length;
    const last = recipe.layout === "NHWC";
    const data = new Float32Array(channels * th * tw);
    const width = crop[2] - crop[0];
    const height = crop[3] - crop[1];
    for (let c = 0; c < channels; c++) {
      const divisor = recipe.divisor[c];
      const shift = recipe.shift[c];
      const value = (v) => Math.fround(Math.fround(v / divisor) + shift);
      const table = Float32Array.from({ length: 256 }, (_, v) => value(v));
      const at = (x, y) => (last ? (y * tw + x) * channels + c : (c * th + y) * tw + x);
      if (width < tw || height < th) {
        const pad = value(recipe.pad);
        for (let y = 0; y < th; y++) for (let x = 0; x < tw; x++) data[at(x, y)] = pad;
      }
      const plane = planes[c];
      const whole = !(plane instanceof Float32Array);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const v = plane[y * width + x];
          data[at(place[0] + x, place[1] + y)] = whole ? table[v] : value(v);
        }
      }
    }
    return { data, dims: recipe.dims };
  }

  return { tensor };
})();
