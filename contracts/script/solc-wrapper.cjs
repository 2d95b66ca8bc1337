#!/usr/bin/env node
// Forge expects a native compiler: this gives it the npm package's, with the two calls that forge makes.
const solc = require('solc');

const [command] = process.argv.slice(2);
if (command === '--version') {
  const version = solc.version().replace('.Emscripten.clang', '');
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}.Linux.g++`);
} else {
  let input = '';
  process.stdin.on('data', (chunk) => {
    input += chunk;
  });
  process.stdin.on('end', () => {
    process.stdout.write(solc.compile(input));
  });
}
