// SPDX-License-Identifier: BSD-2-Clause

// Runs programs by os/exec: itself, and one of another personality; pipes both ways, exit statuses.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

func child() {
	data, _ := io.ReadAll(os.Stdin)
	fmt.Printf("child got %q\n", data)
	fmt.Fprintln(os.Stderr, "child's error")
	os.Exit(3)
}

func check(what string, ok bool) {
	if !ok {
		fmt.Println("FAILED:", what)
		os.Exit(1)
	}
	fmt.Println("fine:", what)
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		child()
	}
	for i := 0; i < 4; i++ {
		var out, errs bytes.Buffer
		cmd := exec.Command(os.Args[0], "child")
		cmd.Stdin = strings.NewReader("some words")
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		status, is := err.(*exec.ExitError)
		check("exit status 3", is && status.ExitCode() == 3)
		check("standard output", out.String() == "child got \"some words\"\n")
		check("standard error", errs.String() == "child's error\n")
	}
	out, err := exec.Command("/bin/sh", "-c", "read a; echo $a; exit 0").Output()
	check("a Linux shell ran", err == nil && string(out) == "\n")
	_, err = exec.Command("/nonexistent").Output()
	check("a missing program is an error", err != nil && os.IsNotExist(err.(*os.PathError)))
	sleeper := exec.Command("/bin/sh", "-c", "sleep 100")
	check("started", sleeper.Start() == nil)
	time.Sleep(20 * time.Millisecond)
	check("killed", sleeper.Process.Kill() == nil)
	err = sleeper.Wait()
	check("death by a signal", err != nil && err.Error() == "signal: killed")
}
