// Command tlog checks a transparency log with Go's own packages (golang.org/x/mod/sumdb), which know nothing of ours: the
// checkpoint's signature, every tile and entry below its root, and the proofs that a gateway gives.
//
//	tlog GATEWAY TOKEN VKEY
//
// It prints what it has checked, and ends with 1 at the first thing that is not right.
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// server reads a gateway's addresses.
type server struct{ address, token string }

func (s server) get(path string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, s.address+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// tiles gives Go's reader the tiles at their C2SP addresses, which do not name the height.
type tiles struct {
	server
	log string
}

func (t tiles) Height() int { return height }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		content, err := t.get(t.log + "/" + path)
		if err != nil {
			return nil, err
		}
		all = append(all, content)
	}
	return all, nil
}

// entry reads an entry from its bundle.
func (t tiles) entry(index, size int64) ([]byte, error) {
	const width = 1 << height
	tile := tlog.Tile{H: height, L: 0, N: index / width, W: width}
	if rest := size - tile.N*width; rest < width {
		tile.W = int(rest)
	}
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", height), "tile/entries/", 1)
	bundle, err := t.get(t.log + "/" + path)
	if err != nil {
		return nil, err
	}
	for at := int64(0); len(bundle) >= 2; at++ {
		length := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+length {
			break
		}
		if at == index%width {
			return bundle[2 : 2+length], nil
		}
		bundle = bundle[2+length:]
	}
	return nil, fmt.Errorf("%s has no entry %d", path, index)
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		all = append(all, hash)
	}
	return all, nil
}

// head opens a signed checkpoint (C2SP tlog-checkpoint).
func head(text []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("the checkpoint is not this log's")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// served checks the proof that the gateway itself gives for an entry (C2SP tlog-proof).
func served(s server, index int64, verifier note.Verifier) error {
	file, err := s.get(fmt.Sprintf("/audit/v1/proof/%d", index))
	if err != nil {
		return err
	}
	top, signed, isRight := strings.Cut(string(file), "\n\n")
	lines := strings.Split(top, "\n")
	if !isRight || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[2] != fmt.Sprintf("index %d", index) {
		return fmt.Errorf("proof %d has another form", index)
	}
	leaf, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	proof, err := hashes(lines[3:])
	if err != nil {
		return err
	}
	tree, err := head([]byte(signed), verifier)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

func run(s server, vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	log := fmt.Sprintf("/audit/v1/log/%x", sha256.Sum256([]byte(verifier.Name())))
	text, err := s.get(log + "/checkpoint")
	if err != nil {
		return err
	}
	tree, err := head(text, verifier)
	if err != nil {
		return err
	}
	source := tiles{s, log}
	// This reader verifies each tile against the tree before it gives a hash of it.
	reader := tlog.TileHashReader(tree, source)
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil || root != tree.Hash {
		return fmt.Errorf("the tiles do not give the root: %v", err)
	}
	fmt.Printf("checkpoint: %d entries\n", tree.N)
	for index := int64(0); index < tree.N; index++ {
		leaf, err := source.entry(index, tree.N)
		if err != nil {
			return err
		}
		stored, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil || stored[0] != tlog.RecordHash(leaf) {
			return fmt.Errorf("entry %d is not what the tree holds: %v", index, err)
		}
	}
	fmt.Printf("entries: %d\n", tree.N)
	for _, index := range []int64{0, 1, tree.N / 2, tree.N - 1} {
		if err := served(s, index, verifier); err != nil {
			return fmt.Errorf("inclusion %d: %w", index, err)
		}
	}
	fmt.Println("inclusion: 4")
	checked := 0
	for _, old := range []int64{1, 2, tree.N / 3, tree.N - 1, tree.N} {
		before, err := tlog.TreeHash(old, reader)
		if err != nil {
			return err
		}
		answer, err := s.get(fmt.Sprintf("/audit/v1/consistency?from=%d&to=%d", old, tree.N))
		if err != nil {
			return err
		}
		proof, err := hashes(strings.Fields(string(answer)))
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, before); err != nil {
			return fmt.Errorf("consistency %d: %w", old, err)
		}
		checked++
	}
	fmt.Printf("consistency: %d\n", checked)
	return nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: tlog GATEWAY TOKEN VKEY")
		os.Exit(2)
	}
	if err := run(server{os.Args[1], os.Args[2]}, os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "tlog:", err)
		os.Exit(1)
	}
}
